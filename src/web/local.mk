# SPDX-License-Identifier: MIT
# FastCGI: server, request, response, problems, CORS, sign-in.
libdisparalead_a_SOURCES += src/web/fcgi_server.h src/web/request.h src/web/response.h
