/* SPDX-License-Identifier: MIT */
/*
 * What the main functions of all FastCGI programs have in common: options,
 * settings with all their faults at once, the log, the server.
 */
#ifndef DL_WEB_PROGRAM_H
#define DL_WEB_PROGRAM_H

#include "base/error.h"
#include "base/settings.h"
#include "web/fcgi_server.h"

struct dl_program_info {
	const char *name;      /* "campaign-status" */
	const char *summary;   /* Portuguese, one line, for --help */
	unsigned int settings; /* bits of enum dl_program: what it needs */
	/*
	 * Opens what the program works with and fills server: handle, app,
	 * limits (program and worker_threads stand there already).  settings
	 * outlive the app.  A failure ends the program with status 69.
	 */
	enum dl_code (*start)(const struct dl_settings *settings,
			      struct dl_server *server, struct dl_error *err);
	/* Takes back what start opened, once the server has ended. */
	void (*stop)(void *app);
};

/*
 * Runs the program: --help, --version, --check-config (status 0 or 78), or
 * serves until SIGTERM.  Returns the exit status: 0; 64 for a wrong call, 69
 * when start failed, 78 for faults in the settings, else the server's.
 */
int dl_program_main(const struct dl_program_info *info, int argc, char **argv);

#endif
