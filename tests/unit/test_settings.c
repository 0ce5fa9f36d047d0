/* SPDX-License-Identifier: MIT */
/*
 * The settings' table: what it reads and refuses, and that the manual page
 * and the sample file tell of every row (the idea of pgbouncer's optscan).
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/settings.h"
#include "unit.h"

/* Loads with faults written to a heap string that the caller frees. */
static enum dl_code
load(struct dl_settings *settings, unsigned int program, char **faults)
{
	size_t len = 0;
	FILE *f = open_memstream(faults, &len);
	enum dl_code code = dl_settings_load(settings, program, f);

	fclose(f);
	return code;
}

static void
test_all_faults_at_once(void)
{
	struct dl_settings settings;
	char *faults = NULL;

	setenv("PUBLIC_URL", "https://x.example/base//", 1);
	setenv("WORKER_THREADS", "0", 1);
	setenv("DATABASE_PREPARED_STATEMENTS", "perhaps", 1);
	setenv("DATABASE_URL", "postgresql:///x", 1);
	setenv("QSTASH_URL", "ftp://x", 1);
	unsetenv("EVOLUTION_API_URL");
	CU_ASSERT_EQUAL(load(&settings, DL_PROCESS, &faults), DL_BAD_REQUEST);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(faults, "WORKER_THREADS is out of bounds (1 to 1024)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(faults, "DATABASE_PREPARED_STATEMENTS"));
	CU_ASSERT_PTR_NOT_NULL(strstr(faults, "EVOLUTION_API_URL is required"));
	CU_ASSERT_PTR_NOT_NULL(strstr(faults, "QSTASH_URL must begin"));
	CU_ASSERT_PTR_NULL(strstr(faults, "DATABASE_URL"));
	DL_ASSERT_STR(settings.public_url, DL_STR("https://x.example/base"));
	CU_ASSERT_EQUAL(settings.lease_s, 165);
	CU_ASSERT_TRUE(settings.max_body_bytes == 32 * 1024 * 1024);
	dl_settings_clear(&settings);
	free(faults);
	unsetenv("WORKER_THREADS");
	unsetenv("DATABASE_PREPARED_STATEMENTS");
	unsetenv("QSTASH_URL");
}

static void
test_secret_from_file(void)
{
	struct dl_settings settings;
	char path[] = "/tmp/dl-secret-XXXXXX";
	int fd = mkstemp(path);
	char *faults = NULL;

	CU_ASSERT_EQUAL(write(fd, "s3cret\nrest", 11), 11);
	close(fd);
	unsetenv("QSTASH_TOKEN");
	setenv("QSTASH_TOKEN_FILE", path, 1);
	CU_ASSERT_EQUAL(load(&settings, 0, &faults), DL_OK);
	DL_ASSERT_STR(dl_secret_str(&settings.qstash_token), DL_STR("s3cret"));
	dl_settings_clear(&settings);
	free(faults);
	unlink(path);
	CU_ASSERT_EQUAL(load(&settings, 0, &faults), DL_BAD_REQUEST);
	CU_ASSERT_PTR_NOT_NULL(strstr(faults, "QSTASH_TOKEN_FILE"));
	dl_settings_clear(&settings);
	free(faults);
	unsetenv("QSTASH_TOKEN_FILE");
}

/* A whole file as a NUL-terminated heap string. */
static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 18);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE(fread(text, 1, (1 << 18) - 1, f) > 0);
	fclose(f);
	return text;
}

static void
test_every_setting_is_documented(void)
{
	static const struct {
		const char *name;
		const char *preset;
	} rows[] = {
#define X(field, name, kind, def, min, max, required_by, help) {name, def},
	    DL_SETTINGS(X)
#undef X
	};
	char *manual = slurp(DL_SRCDIR "/man/disparalead.conf.5");
	char *sample = slurp(DL_SRCDIR "/etc/disparalead.conf.example");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char item[100], line[200];

		snprintf(item, sizeof(item), "\n.It Ev %s\n", rows[i].name);
		snprintf(line, sizeof(line), "\n#%s=%s\n", rows[i].name,
			 rows[i].preset);
		if (!strstr(manual, item) || !strstr(sample, line))
			printf("\n%s is not documented\n", rows[i].name);
		CU_ASSERT_PTR_NOT_NULL(strstr(manual, item));
		CU_ASSERT_PTR_NOT_NULL(strstr(sample, line));
	}
	free(manual);
	free(sample);
}

static const struct unit_test tests[] = {
    {"all faults at once", test_all_faults_at_once},
    {"a secret from a file", test_secret_from_file},
    {"every setting is documented", test_every_setting_is_documented},
};

UNIT_MAIN("settings", tests)
