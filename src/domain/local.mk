# SPDX-License-Identifier: MIT
# Pure decisions: bytes and numbers in, a struct out.
libdisparalead_a_SOURCES += \
	src/domain/access_token.c src/domain/access_token.h \
	src/domain/delivery_request.c src/domain/delivery_request.h \
	src/domain/jwks.c src/domain/jwks.h \
	src/domain/jwt.c src/domain/jwt.h \
	src/domain/probe.c src/domain/probe.h \
	src/domain/launch_answer.c src/domain/launch_answer.h \
	src/domain/launch_plan.c src/domain/launch_plan.h \
	src/domain/launch_body.c src/domain/launch_body.h \
	src/domain/launch_contacts.c src/domain/launch_fields.c \
	src/domain/launch_internal.h \
	src/domain/launch_request.c src/domain/launch_request.h \
	src/domain/launch_templates.c \
	src/domain/media_url.c src/domain/media_url.h \
	src/domain/outcome.c src/domain/outcome.h \
	src/domain/outcome_internal.h src/domain/outcome_text.c \
	src/domain/phone.c src/domain/phone.h src/domain/phone_internal.h \
	src/domain/phone_split.c \
	src/domain/problem_codes.c src/domain/problem_codes.h \
	src/domain/row_errors.c src/domain/row_errors.h \
	src/domain/signature.c src/domain/signature.h \
	src/domain/slots.c src/domain/slots.h \
	src/domain/template.c src/domain/template.h \
	src/domain/template_internal.h src/domain/template_names.c
libdisparalead_a_SOURCES += \
	src/domain/calendar.c src/domain/calendar.h \
	src/domain/eta.c src/domain/eta.h \
	src/domain/send_window.c src/domain/send_window.h \
	src/domain/csv_out.c src/domain/csv_out.h \
	src/domain/cursor.c src/domain/cursor.h \
	src/domain/mask.c src/domain/mask.h \
	src/domain/progress.c src/domain/progress.h \
	src/domain/top_errors.c src/domain/top_errors.h
libdisparalead_a_SOURCES += \
	src/domain/duration_words.c src/domain/duration_words.h \
	src/domain/launch_preview.c src/domain/launch_preview.h
libdisparalead_a_SOURCES += \
	src/domain/evolution_event.c src/domain/evolution_event.h \
	src/domain/webhook_token.c src/domain/webhook_token.h
libdisparalead_a_SOURCES += \
	src/domain/control_action.c src/domain/control_action.h \
	src/domain/control_request.c src/domain/control_request.h
EXTRA_DIST += doc/launch.md
libdisparalead_a_SOURCES += \
	src/domain/reconcile.c src/domain/reconcile.h \
	src/domain/seen_message.c src/domain/seen_message.h
