/* SPDX-License-Identifier: MIT */
/* doctor: settings, the modes of their files, the disk. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cli/config_files.h"
#include "cli/doctor.h"

void
doctor_check_settings(struct doctor *d)
{
	struct dl_str rest = dl_str(d->faults);
	int n = 0;

	while (rest.ptr) {
		struct dl_str line = dl_str_cut(&rest, '\n');

		if (!line.len)
			continue;
		n++;
		doctor_error(d,
			     "corrija em disparalead.conf (veja "
			     "disparalead.conf(5)) ou rode disparalead setup",
			     "%.*s", (int)line.len, line.ptr);
	}
	if (!n)
		doctor_ok(d, "todas as configurações são válidas");
}

/* forbidden: the bits of the mode that nobody should have. */
static void
check_mode(struct doctor *d, const char *name, mode_t forbidden,
	   const char *wanted)
{
	const char *path =
	    dl_arena_printf(d->cli.arena, "%s/%s", d->config_dir, name);
	struct stat st;

	if (stat(path, &st) != 0) {
		if (errno != ENOENT)
			doctor_warning(d, "rode o doctor como root",
				       "não posso ver %s: %s", path,
				       strerror(errno));
	} else if (st.st_mode & forbidden) {
		doctor_error(
		    d,
		    dl_arena_printf(d->cli.arena, "chmod %s %s", wanted, path),
		    "%s guarda segredos e tem o modo %03o", path,
		    (unsigned int)st.st_mode & 0777);
	} else {
		doctor_ok(d, "%s tem o modo %03o", path,
			  (unsigned int)st.st_mode & 0777);
	}
}

void
doctor_check_files(struct doctor *d)
{
	if (!*d->config_dir)
		return;
	check_mode(d, CLI_CONF_FILE, 0027, "0640");
	check_mode(d, CLI_LOCAL_FILE, 0027, "0640");
	check_mode(d, "pgpass", 0077, "0600");
}

static void
check_space(struct doctor *d, const char *path)
{
	struct statvfs fs;
	int64_t percent, mib;

	if (statvfs(path, &fs) != 0 || !fs.f_blocks)
		return;
	percent = (int64_t)(fs.f_bavail * 100 / fs.f_blocks);
	mib = (int64_t)(fs.f_bavail * fs.f_frsize / (1024 * 1024));
	if (percent < d->min_free_percent / 5 || percent == 0)
		doctor_error(d, "libere espaço ou aumente o disco agora",
			     "%s: só %" PRId64 "%% livres (%" PRId64 " MiB)",
			     path, percent, mib);
	else if (percent < d->min_free_percent)
		doctor_warning(d, "libere espaço ou aumente o disco",
			       "%s: só %" PRId64 "%% livres (%" PRId64 " MiB)",
			       path, percent, mib);
	else
		doctor_ok(d, "%s: %" PRId64 "%% livres (%" PRId64 " MiB)", path,
			  percent, mib);
}

void
doctor_check_disk(struct doctor *d)
{
	static const char *const paths[] = {"/", "/var", "/var/lib/postgresql"};
	dev_t seen = 0;
	struct stat st;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (stat(paths[i], &st) != 0 || (i && st.st_dev == seen))
			continue;
		seen = st.st_dev;
		check_space(d, paths[i]);
	}
}
