# SPDX-License-Identifier: MIT
# FastCGI: server, request, response, problems, CORS, sign-in.
libdisparalead_a_SOURCES += \
	src/web/auth.c src/web/auth.h \
	src/web/cors.c src/web/cors.h \
	src/web/fcgi_internal.h src/web/fcgi_request.c \
	src/web/fcgi_poll.c src/web/fcgi_poll.h \
	src/web/fcgi_server.c src/web/fcgi_server.h \
	src/web/key_set.c src/web/key_set.h \
	src/web/problem.c src/web/problem.h \
	src/web/program.c src/web/program.h \
	src/web/request.c src/web/request.h \
	src/web/response.c src/web/response.h
