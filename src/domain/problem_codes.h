/* SPDX-License-Identifier: MIT */
/*
 * Every code that the API answers, in one table: stable name, HTTP status,
 * title and detail in Portuguese (RFC 9457).  The detail says what to do; a
 * caller that knows more gives a better one.  A code, once released, keeps
 * its meaning.  What is wrong with single rows or fields is collected in a
 * dl_problem_list.
 *
 * Codes of message rows (error_code) stand in domain/row_errors.h.
 *
 * Thread-safe; a list belongs to one thread.
 */
#ifndef DL_DOMAIN_PROBLEM_CODES_H
#define DL_DOMAIN_PROBLEM_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* X(id, name, HTTP status, title, detail) */
#define DL_PROBLEMS(X)                                                           \
	/* the request as a whole */                                             \
	X(DL_P_BAD_REQUEST, "bad_request", 400, "Requisição inválida",           \
	  "O servidor não entendeu esta requisição. Verifique os "            \
	  "parâmetros e os cabeçalhos.")                                         \
	X(DL_P_INVALID_JSON, "invalid_json", 400, "JSON inválido",               \
	  "O corpo não é um JSON válido. Corrija-o e envie de novo.")            \
	X(DL_P_DUPLICATE_KEY, "duplicate_key", 400, "Chave repetida",            \
	  "Um objeto do corpo traz a mesma chave duas vezes. Deixe só uma.")     \
	X(DL_P_TOO_DEEP, "too_deep", 400, "JSON profundo demais",                \
	  "O corpo passa de 16 níveis de listas e objetos. Simplifique-o.")      \
	X(DL_P_INVALID_UTF8, "invalid_utf8", 400, "Texto fora de UTF-8",         \
	  "O corpo tem bytes que não são UTF-8. Salve-o em UTF-8 e envie de "  \
	  "novo.")                                                               \
	X(DL_P_NUL_CHARACTER, "nul_character", 400, "Caractere nulo",            \
	  "O corpo traz o caractere nulo (U+0000). Retire-o.")                   \
	X(DL_P_INVALID_ID, "invalid_id", 400, "Identificador inválido",          \
	  "Um identificador não tem a forma de um UUID. Confira-o.")             \
	X(DL_P_INVALID_CURSOR, "invalid_cursor", 400, "Cursor inválido",         \
	  "Use em \"after\" o valor de \"next_after\" da página anterior, "     \
	  "sem alterar.")                                                        \
	X(DL_P_INVALID_PARAMETER, "invalid_parameter", 400,                      \
	  "Parâmetro inválido",                                                  \
	  "Um parâmetro da consulta tem um valor que não existe. Veja os "     \
	  "valores na documentação.")                                            \
	X(DL_P_INVALID_TOKEN, "invalid_token", 401, "Sessão inválida",           \
	  "O token de acesso falta ou não é válido. Entre de novo.")             \
	X(DL_P_EXPIRED_TOKEN, "expired_token", 401, "Sessão expirada",           \
	  "A sessão terminou. Entre de novo.")                                   \
	X(DL_P_NOT_A_MEMBER, "not_a_member", 403, "Sem acesso à empresa",        \
	  "Este usuário não pertence à empresa pedida. Peça um convite a "   \
	  "quem a administra.")                                                  \
	X(DL_P_FORBIDDEN, "forbidden", 403, "Sem permissão",                     \
	  "Só o dono ou um administrador da empresa pode fazer isto.")           \
	X(DL_P_NOT_FOUND, "not_found", 404, "Não encontrado",                    \
	  "Este endereço ou registro não existe. Confira o identificador.")      \
	X(DL_P_METHOD_NOT_ALLOWED, "method_not_allowed", 405,                    \
	  "Método não permitido",                                                \
	  "Este endereço não aceita este método. Veja o cabeçalho Allow.")       \
	X(DL_P_CONFLICT, "conflict", 409, "Conflito",                            \
	  "O registro mudou enquanto isto era feito. Leia-o e tente de novo.")   \
	X(DL_P_TENANT_REQUIRED, "tenant_required", 409, "Escolha a empresa",     \
	  "Este usuário pertence a mais de uma empresa. Envie o cabeçalho "    \
	  "X-Tenant-Id com a que deseja usar.")                                  \
	X(DL_P_LAUNCH_IN_PROGRESS, "launch_in_progress", 409,                    \
	  "Envio em andamento",                                                  \
	  "Um envio com a mesma Idempotency-Key ainda está em andamento. "      \
	  "Repita em alguns segundos.")                                          \
	X(DL_P_INVALID_TRANSITION, "invalid_transition", 409,                    \
	  "Ação impossível agora",                                               \
	  "O estado atual da campanha não permite esta ação.")                   \
	X(DL_P_BODY_TOO_LARGE, "body_too_large", 413, "Corpo grande demais",     \
	  "O corpo passa do limite deste endereço. Divida a lista de "          \
	  "contatos em mais de uma campanha.")                                   \
	X(DL_P_UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", 415,            \
	  "Tipo de conteúdo não aceito",                                         \
	  "Envie JSON, com Content-Type: application/json.")                     \
	X(DL_P_RATE_LIMITED, "rate_limited", 429, "Muitas requisições",          \
	  "Espere o tempo do cabeçalho Retry-After e tente de novo.")            \
	X(DL_P_HEADERS_TOO_LARGE, "headers_too_large", 431,                      \
	  "Cabeçalhos grandes demais",                                           \
	  "Apague os cookies deste endereço e tente de novo.")                   \
	/* fields and values */                                                  \
	X(DL_P_UNPROCESSABLE, "unprocessable", 422, "Dados recusados",           \
	  "Os dados enviados não podem ser usados. Corrija-os e envie de "      \
	  "novo.")                                                               \
	X(DL_P_MISSING_FIELD, "missing_field", 422, "Campo obrigatório",         \
	  "Falta um campo obrigatório. Preencha-o e envie de novo.")             \
	X(DL_P_WRONG_TYPE, "wrong_type", 422, "Tipo errado",                     \
	  "Um campo tem um valor do tipo errado. Veja o tipo na "                \
	  "documentação.")                                                       \
	X(DL_P_UNKNOWN_FIELD, "unknown_field", 422, "Campo desconhecido",        \
	  "Um modelo traz um campo que não existe. Retire-o ou corrija o "      \
	  "nome.")                                                               \
	X(DL_P_TOO_LONG, "too_long", 422, "Texto longo demais",                  \
	  "Um campo passa do tamanho permitido. Encurte-o.")                     \
	X(DL_P_TOO_MANY_ITEMS, "too_many_items", 422, "Itens demais",            \
	  "Uma lista passa do número de itens permitido. Divida-a.")             \
	X(DL_P_INVALID_VALUE, "invalid_value", 422, "Valor inválido",            \
	  "Um campo tem um valor que não existe. Veja os valores na "           \
	  "documentação.")                                                       \
	X(DL_P_INVALID_DELAY, "invalid_delay", 422, "Intervalo inválido",        \
	  "tempoMin e tempoMax são segundos inteiros de 0 a 86400, e "          \
	  "tempoMin não passa de tempoMax.")                                     \
	X(DL_P_INVALID_DATE, "invalid_date", 422, "Data inválida",               \
	  "Escreva a data com hora e fuso, por exemplo "                         \
	  "2026-11-27T12:00:00-03:00.")                                          \
	X(DL_P_INVALID_WINDOW, "invalid_window", 422, "Janela inválida",         \
	  "Informe start antes de end, como \"08:00\" e \"20:00\", e em days "   \
	  "os dias de 1 (segunda) a 7 (domingo).")                               \
	X(DL_P_SCHEDULED_IN_PAST, "scheduled_in_past", 422,                      \
	  "Agendamento no passado",                                              \
	  "A data do agendamento já passou. Escolha uma data futura.")           \
	X(DL_P_SCHEDULED_TOO_FAR, "scheduled_too_far", 422,                      \
	  "Agendamento distante demais",                                         \
	  "O agendamento passa de um ano. Escolha uma data mais próxima.")       \
	X(DL_P_SCHEDULE_TOO_LONG, "schedule_too_long", 422,                      \
	  "Envio longo demais",                                                  \
	  "Com esta janela de envio e este limite diário, o envio passaria "    \
	  "de 400 dias. Use mais números, intervalos menores ou menos "         \
	  "contatos.")                                                           \
	X(DL_P_UNKNOWN_INSTANCE, "unknown_instance", 422,                        \
	  "Instância desconhecida",                                              \
	  "Uma instância não pertence a esta empresa. Escolha entre as suas.")   \
	X(DL_P_UNKNOWN_TEMPLATE_TYPE, "unknown_template_type", 422,              \
	  "Tipo de modelo desconhecido",                                         \
	  "O tipo de um modelo é texto, imagem, video, audio ou documento.")     \
	X(DL_P_MISSING_MEDIA, "missing_media", 422, "Falta a mídia",             \
	  "Um modelo de mídia não tem mediaUrl. Informe o endereço https do " \
	  "arquivo.")                                                            \
	X(DL_P_INVALID_MEDIA_URL, "invalid_media_url", 422,                      \
	  "Endereço de mídia inválido",                                          \
	  "O endereço da mídia precisa ser https, com nome de servidor "       \
	  "público.")                                                            \
	X(DL_P_UNKNOWN_VARIABLE, "unknown_variable", 422,                        \
	  "Variável desconhecida",                                               \
	  "Nenhum contato tem uma das variáveis do texto. Corrija o nome ou "   \
	  "acrescente a coluna.")                                                \
	X(DL_P_MISSING_VARIABLE, "missing_variable", 422,                        \
	  "Variável sem valor",                                                  \
	  "Há contatos sem valor para uma variável. Complete-os, use "         \
	  "{nome|alternativa} ou escolha onMissingVariable.")                    \
	X(DL_P_TEXT_TOO_LONG, "text_too_long", 422, "Texto longo demais",        \
	  "O texto passa de 4096 caracteres (1024 na legenda). Encurte-o.")      \
	X(DL_P_TOO_MANY_CONTACTS, "too_many_contacts", 422, "Contatos demais",   \
	  "A lista passa do limite de contatos. Divida-a em mais de uma "        \
	  "campanha.")                                                           \
	X(DL_P_TOO_MANY_MESSAGES, "too_many_messages", 422,                      \
	  "Mensagens demais",                                                    \
	  "Contatos vezes modelos passam do limite de mensagens. Divida a "      \
	  "lista em mais de uma campanha.")                                      \
	X(DL_P_NO_VALID_CONTACT, "no_valid_contact", 422,                        \
	  "Nenhum contato válido",                                               \
	  "Nenhum contato da lista pode receber mensagens. Veja em "             \
	  "\"errors\" o que corrigir.")                                          \
	X(DL_P_IDEMPOTENCY_CONFLICT, "idempotency_conflict", 422,                \
	  "Idempotency-Key já usada",                                            \
	  "Esta Idempotency-Key já foi usada com outro conteúdo. Use uma "     \
	  "nova.")                                                               \
	X(DL_P_UNKNOWN_ACTION, "unknown_action", 422, "Ação desconhecida",       \
	  "Esta ação não existe. Veja as ações na documentação.")                \
	/* phones */                                                             \
	X(DL_P_PHONE_EMPTY, "phone_empty", 422, "Telefone vazio",                \
	  "O contato não tem telefone. Preencha-o.")                             \
	X(DL_P_PHONE_LETTERS, "phone_letters", 422, "Telefone com letras",       \
	  "O telefone tem letras ou outros sinais. Deixe só os números.")        \
	X(DL_P_PHONE_SHORT, "phone_short", 422, "Telefone curto demais",         \
	  "Faltam números no telefone. Escreva o DDD e o número completo.")      \
	X(DL_P_PHONE_LONG, "phone_long", 422, "Telefone longo demais",           \
	  "O telefone tem números demais. Confira-o; se for de outro país, "   \
	  "comece com +.")                                                       \
	X(DL_P_PHONE_SPREADSHEET, "phone_spreadsheet", 422,                      \
	  "Telefone alterado pela planilha",                                     \
	  "A planilha mudou o número. Formate a coluna como texto e exporte "   \
	  "de novo.")                                                            \
	X(DL_P_PHONE_SEVERAL, "phone_several", 422,                              \
	  "Mais de um telefone no campo",                                        \
	  "O campo tem mais de um telefone. Use uma linha para cada um.")        \
	X(DL_P_PHONE_AREA_CODE, "phone_area_code", 422, "DDD inexistente",       \
	  "O DDD deste telefone não existe. Confira-o.")                         \
	X(DL_P_PHONE_IMPOSSIBLE, "phone_impossible", 422,                        \
	  "Telefone impossível",                                                 \
	  "Este número não pode existir ou não recebe mensagens. Confira-o.")    \
	/* the server's side */                                                  \
	X(DL_P_INTERNAL_ERROR, "internal_error", 500, "Erro interno",            \
	  "Algo falhou do nosso lado. Tente de novo e, se continuar, informe "   \
	  "o request_id ao suporte.")                                            \
	X(DL_P_UNAVAILABLE, "unavailable", 503, "Serviço indisponível",          \
	  "O serviço não pôde atender agora. Tente de novo em alguns "        \
	  "segundos.")                                                           \
	X(DL_P_DATABASE_UNAVAILABLE, "database_unavailable", 503,                \
	  "Banco de dados indisponível",                                         \
	  "O banco de dados não respondeu; nada foi perdido. Tente de novo "    \
	  "em alguns segundos.")                                                 \
	X(DL_P_QUEUE_UNAVAILABLE, "queue_unavailable", 503,                      \
	  "Fila indisponível",                                                   \
	  "A fila não respondeu. Tente de novo em alguns segundos.")             \
	X(DL_P_OUTCOME_UNKNOWN, "outcome_unknown", 503,                          \
	  "Resultado desconhecido",                                              \
	  "Não foi possível saber se o envio foi gravado. Repita com a mesma " \
	  "Idempotency-Key.")                                                    \
	X(DL_P_TIMEOUT, "timeout", 504, "Tempo esgotado",                        \
	  "A resposta demorou demais. Repita em alguns segundos com a mesma "    \
	  "Idempotency-Key.")

enum dl_problem_code {
	DL_P_OK,
#define X(id, name, status, title, detail) id,
	DL_PROBLEMS(X)
#undef X
	    DL_P__COUNT
};

/* "invalid_json"; "ok" for DL_P_OK; static, as are the next two. */
const char *dl_problem_name(enum dl_problem_code code);
const char *dl_problem_title(enum dl_problem_code code);
/* The Portuguese text that says what to do, where nothing better is known. */
const char *dl_problem_detail(enum dl_problem_code code);
int dl_problem_http_status(enum dl_problem_code code);

/* An answer names so many rows or fields at most; the rest is counted. */
#define DL_PROBLEM_LIST_MAX 100

struct dl_problem_item {
	enum dl_problem_code code;
	const char *field;   /* "templates[1].mediaUrl"; NULL: none */
	int64_t index;       /* of the contact, from 0; -1: none */
	const char *message; /* Portuguese */
};

struct dl_problem_list {
	struct dl_problem_item items[DL_PROBLEM_LIST_MAX];
	size_t n;     /* in items */
	size_t total; /* that were added */
};

/*
 * Adds an item.  field and the formatted message are copied into the arena
 * (skipped where its cap is met); fmt NULL takes the code's own detail.  Past
 * DL_PROBLEM_LIST_MAX items only the total moves.
 */
void dl_problem_list_add(struct dl_problem_list *list, struct dl_arena *arena,
			 enum dl_problem_code code, const char *field,
			 int64_t index, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

#endif
