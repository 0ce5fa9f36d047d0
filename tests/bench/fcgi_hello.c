/* SPDX-License-Identifier: MIT */
/*
 * bench-hello: the floor of a FastCGI program: 16 threads that read nothing
 * and answer "{}". Its socket is descriptor 0. Runs until it is killed.
 */
#include "config.h"

#include <fcgiapp.h>
#include <pthread.h>

#define N_THREADS 16

static void *
run(void *arg)
{
	FCGX_Request request;

	(void)arg;
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_PutS("Content-Type: application/json\r\n"
			  "Content-Length: 2\r\n\r\n{}",
			  request.out);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int
main(void)
{
	pthread_t threads[N_THREADS];

	FCGX_Init();
	for (int i = 0; i < N_THREADS; i++)
		if (pthread_create(&threads[i], NULL, run, NULL) != 0)
			return 1;
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
