/* SPDX-License-Identifier: MIT */
/*
 * The codes that a message row carries in error_code, with what they mean and
 * what to do, in the words that a user reads.  The database keeps only the
 * code; the words are made from it when it is read, so they may be improved
 * without touching a row.  A code, once released, keeps its meaning.
 *
 * Thread-safe.
 */
#ifndef DL_DOMAIN_ROW_ERRORS_H
#define DL_DOMAIN_ROW_ERRORS_H

#include "base/str.h"

/* X(id, code, meaning, action) */
#define DL_ROW_ERRORS(X)                                                       \
	X(DL_ROW_OK, "", "", "")                                               \
	X(DL_ROW_NOT_ON_WHATSAPP, "not_on_whatsapp",                           \
	  "O número não tem WhatsApp.",                                        \
	  "Confira o número com o contato ou retire-o da lista.")              \
	X(DL_ROW_MESSAGE_REJECTED, "message_rejected",                         \
	  "A Evolution API recusou o conteúdo da mensagem.",                   \
	  "Revise o modelo da campanha.")                                      \
	X(DL_ROW_TEXT_REJECTED, "text_rejected",                               \
	  "A Evolution API recusou o texto da mensagem.",                      \
	  "Revise o texto do modelo: ele não pode ficar em branco.")           \
	X(DL_ROW_MEDIA_INVALID, "media_invalid",                               \
	  "O arquivo de mídia não pôde ser usado.",                            \
	  "Confira o formato e o tamanho do arquivo.")                         \
	X(DL_ROW_MEDIA_NOT_FOUND, "media_not_found",                           \
	  "O endereço da mídia recusou o acesso ao arquivo.",                  \
	  "Abra o endereço em uma janela anônima e confira se ele é público.") \
	X(DL_ROW_MEDIA_UNREACHABLE, "media_unreachable",                       \
	  "O arquivo de mídia não pôde ser baixado.",                          \
	  "Confira se o endereço da mídia responde e tente de novo.")          \
	X(DL_ROW_MEDIA_UPLOAD_FAILED, "media_upload_failed",                   \
	  "O WhatsApp não recebeu o arquivo de mídia.",                        \
	  "Tente de novo mais tarde.")                                         \
	X(DL_ROW_MEDIA_TOO_LARGE, "media_too_large",                           \
	  "O arquivo de mídia é grande demais.", "Use um arquivo menor.")      \
	X(DL_ROW_SESSION_ERROR, "session_error",                               \
	  "O WhatsApp não conseguiu cifrar a mensagem para este contato.",     \
	  "Tente de novo mais tarde.")                                         \
	X(DL_ROW_REQUEST_REJECTED, "request_rejected",                         \
	  "A Evolution API recusou o pedido.",                                 \
	  "Avise o suporte: o pedido enviado não foi entendido.")              \
	X(DL_ROW_PROVIDER_ERROR, "provider_error",                             \
	  "A Evolution API falhou ao enviar.", "Tente de novo mais tarde.")    \
	X(DL_ROW_PROVIDER_UNAVAILABLE, "provider_unavailable",                 \
	  "A Evolution API não respondeu.",                                    \
	  "Verifique se a Evolution API está no ar e tente de novo.")          \
	X(DL_ROW_RATE_LIMITED, "rate_limited",                                 \
	  "O WhatsApp pediu uma pausa a este número.",                         \
	  "Aumente o intervalo entre mensagens e tente de novo mais tarde.")   \
	X(DL_ROW_INSTANCE_DISCONNECTED, "instance_disconnected",               \
	  "O número está desconectado do WhatsApp.",                           \
	  "Reconecte a instância pelo QR Code.")                               \
	X(DL_ROW_INSTANCE_REFUSED, "instance_refused",                         \
	  "O WhatsApp recusou este número.",                                   \
	  "Verifique no celular se o número foi restringido.")                 \
	X(DL_ROW_INSTANCE_UNKNOWN, "instance_unknown",                         \
	  "A Evolution API não conhece esta instância.",                       \
	  "Confira o nome da instância.")                                      \
	X(DL_ROW_ROUTE_UNKNOWN, "route_unknown",                               \
	  "O endereço configurado não é o de uma Evolution API.",              \
	  "Confira EVOLUTION_API_URL.")                                        \
	X(DL_ROW_CREDENTIAL_REFUSED, "credential_refused",                     \
	  "A Evolution API recusou a chave de acesso.",                        \
	  "Confira a chave da instância ou EVOLUTION_API_KEY.")                \
	X(DL_ROW_REFUSED_AFTER_SEND, "refused_after_send",                     \
	  "O WhatsApp recusou a mensagem depois do envio.",                    \
	  "Verifique no celular se o número foi restringido.")                 \
	X(DL_ROW_QUEUE_GAVE_UP, "queue_gave_up",                               \
	  "A fila desistiu de entregar a mensagem.",                           \
	  "Verifique se o servidor está acessível e tente de novo.")           \
	X(DL_ROW_CLOSED_AS_FAILED, "closed_as_failed",                         \
	  "Alguém da empresa conferiu que a mensagem não saiu.",               \
	  "Tente de novo, se ainda fizer sentido.")                            \
	X(DL_ROW_OUTCOME_UNKNOWN, "outcome_unknown",                           \
	  "Não foi possível saber se a mensagem saiu; ela não foi repetida.",  \
	  "Confira no celular se ela chegou antes de reenviar.")

enum dl_row_error {
#define X(id, code, meaning, action) id,
	DL_ROW_ERRORS(X)
#undef X
	    DL_ROW__COUNT
};

struct dl_row_error_text {
	const char *code;
	const char *meaning; /* Portuguese */
	const char *action;  /* Portuguese */
};

/* The texts of an error; static. */
const struct dl_row_error_text *dl_row_error_text(enum dl_row_error error);

/* The texts of a stored code; NULL for one that this version doesn't know. */
const struct dl_row_error_text *dl_row_error_find(struct dl_str code);

#endif
