/* SPDX-License-Identifier: MIT */
/* The shared page and what is added to it. */
#include "config.h"

#include "metrics/metrics.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "metrics/page.h"

/* "NAME.01234567" */
#define PATH_MAX_BYTES 4096

static const char *const program_names[] = {
#define X(name) name,
    DL_METRICS_PROGRAMS(X)
#undef X
};

/* Where nothing is shared. */
static struct dl_metrics_page own_page;
static struct dl_metrics_page *page = &own_page;
static struct dl_metrics_program *program =
    &own_page.programs[DL_METRICS_N_PROGRAMS - 1];

const struct dl_metrics_page *
dl_metrics_page(void)
{
	return page;
}

const char *
dl_metrics_program_name(int i)
{
	return program_names[i];
}

static uint32_t
mix(uint32_t hash, const char *text)
{
	return dl_str_hash(hash, dl_str(text));
}

uint32_t
dl_metrics_layout(void)
{
	uint32_t hash = DL_STR_HASH ^ (uint32_t)sizeof(struct dl_metrics_page);

	for (int i = 0; i < DL_METRICS_N_PROGRAMS; i++)
		hash = mix(hash, program_names[i]);
#define X(id, family, label, help) hash = mix(mix(hash, family), label);
	DL_METRICS_COUNTERS(X)
#undef X
	for (int i = 0; i < DL_ROW__COUNT; i++)
		hash = mix(hash, dl_row_error_text((enum dl_row_error)i)->code);
	return hash;
}

/* NULL with errno set. */
static struct dl_metrics_page *
map_file(const char *path)
{
	struct dl_metrics_page *mapped = NULL;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);

	if (fd < 0)
		return NULL;
	/* Reserved now: on a full disk a write to a hole would be SIGBUS. */
	errno = posix_fallocate(fd, 0, sizeof(*mapped));
	if (errno == 0) {
		mapped = mmap(NULL, sizeof(*mapped), PROT_READ | PROT_WRITE,
			      MAP_SHARED, fd, 0);
		if (mapped == MAP_FAILED)
			mapped = NULL;
	}
	close(fd);
	return mapped;
}

static void
share_page(struct dl_str path)
{
	char name[PATH_MAX_BYTES];
	int n = snprintf(name, sizeof(name), "%.*s.%08x", (int)path.len,
			 path.ptr, (unsigned int)dl_metrics_layout());
	struct dl_metrics_page *shared =
	    n > 0 && (size_t)n < sizeof(name) ? map_file(name) : NULL;

	if (shared)
		page = shared;
	else
		dl_log(DL_LOG_WARNING, "metrics.open",
		       "no shared numbers: this program counts for itself",
		       DL_F_STR("file", path), DL_F_INT("sys", errno));
}

void
dl_metrics_open(const char *name, struct dl_str path)
{
	int i = 0;

	if (path.len)
		share_page(path);
	while (i < DL_METRICS_N_PROGRAMS - 1 &&
	       strcmp(program_names[i], name) != 0)
		i++;
	program = &page->programs[i];
}

/* Nothing is ordered by these numbers. */
static void
add(dl_metrics_number *number, int64_t n)
{
	if (n > 0)
		atomic_fetch_add_explicit(number, (uint64_t)n,
					  memory_order_relaxed);
}

static void
set(dl_metrics_number *number, int64_t n)
{
	atomic_store_explicit(number, (uint64_t)n, memory_order_relaxed);
}

static void
observe(struct dl_metrics_histogram *histogram, int64_t ms)
{
	static const int64_t bounds[] = DL_METRICS_BOUNDS_MS;
	int i = 0;

	while (i < DL_METRICS_N_BOUNDS && ms > bounds[i])
		i++;
	add(&histogram->counts[i], 1);
	add(&histogram->sum_ms, ms);
}

void
dl_metrics_add(enum dl_metrics_counter counter, int64_t n)
{
	add(&page->counters[counter], n);
}

void
dl_metrics_request(int status, int64_t ms)
{
	if (status >= DL_METRICS_STATUS_MIN && status < DL_METRICS_STATUS_END)
		add(&program->requests[status - DL_METRICS_STATUS_MIN], 1);
	observe(&program->request_ms, ms);
}

void
dl_metrics_workers(int64_t n)
{
	set(&program->workers, n);
}

void
dl_metrics_message(enum dl_outcome_class class, enum dl_row_error error)
{
	add(&page->outcomes[class], 1);
	add(&page->errors[error], 1);
}

void
dl_metrics_evolution(int64_t ms)
{
	observe(&page->evolution_ms, ms);
}

void
dl_metrics_database_wait(int64_t ms, bool got)
{
	observe(&program->database_wait_ms, ms);
	if (!got)
		add(&program->database_refused, 1);
}

void
dl_metrics_database_busy(int64_t ms)
{
	add(&program->database_busy_ms, ms);
}

void
dl_metrics_database_pool(int64_t n)
{
	set(&program->database_pool, n);
}

void
dl_metrics_swept(int64_t at_s)
{
	add(&page->counters[DL_M_SWEEPS], 1);
	set(&page->swept_at_s, at_s);
}
