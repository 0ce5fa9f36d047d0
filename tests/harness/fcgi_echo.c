/* SPDX-License-Identifier: MIT */
/*
 * fcgi-echo: a FastCGI program that tells what nginx handed to it, for the
 * test of nginx's configuration.  It answers with the parameters, one
 * "NAME=value" a line, and "BODY=<bytes read>".  The query chooses otherwise:
 * "status=503" that status, "hang" no answer, "die" the end of the program.
 * Each request adds a line to the file that its one argument names.
 */
#include "config.h"

#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
count(const char *path, const char *uri)
{
	FILE *f = fopen(path, "ae");

	if (!f)
		_exit(73);
	fprintf(f, "%s\n", uri);
	fclose(f);
}

static long
read_body(FCGX_Stream *in)
{
	char part[8192];
	long total = 0;
	int n;

	while ((n = FCGX_GetStr(part, (int)sizeof(part), in)) > 0)
		total += n;
	return total;
}

static void
answer(FCGX_Request *request)
{
	const char *query = FCGX_GetParam("QUERY_STRING", request->envp);
	long body = read_body(request->in);

	if (strcmp(query, "die") == 0)
		_exit(1);
	if (strcmp(query, "hang") == 0)
		sleep(5);
	FCGX_FPrintF(request->out,
		     "Status: %s\r\nContent-Type: text/plain\r\n\r\n",
		     strncmp(query, "status=", 7) == 0 ? query + 7 : "200");
	for (char **param = request->envp; *param; param++)
		FCGX_FPrintF(request->out, "%s\n", *param);
	FCGX_FPrintF(request->out, "BODY=%ld\n", body);
}

int
main(int argc, char **argv)
{
	FCGX_Request request;

	if (argc != 2 || FCGX_Init() != 0 ||
	    FCGX_InitRequest(&request, 0, 0) != 0)
		return 64;
	while (FCGX_Accept_r(&request) == 0) {
		count(argv[1], FCGX_GetParam("REQUEST_URI", request.envp));
		answer(&request);
		FCGX_Finish_r(&request);
	}
	return 1;
}
