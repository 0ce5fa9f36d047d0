# SPDX-License-Identifier: MIT
# HTTP to other services: the client, and one file for each service.
libdisparalead_a_SOURCES += \
	src/remote/http.c src/remote/http.h src/remote/http_internal.h \
	src/remote/http_limit.c src/remote/http_many.c \
	src/remote/qstash.c src/remote/qstash.h src/remote/qstash_internal.h \
	src/remote/qstash_check.c src/remote/qstash_message.c \
	src/remote/qstash_publish.c
libdisparalead_a_SOURCES += \
	src/remote/evolution.c src/remote/evolution.h \
	src/remote/evolution_file.c src/remote/evolution_find.c \
	src/remote/evolution_check.c src/remote/evolution_file.c \
	src/remote/evolution_internal.h
