/* SPDX-License-Identifier: MIT */
/* The record of what was sent. */
#include "config.h"

#include "journal.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "request.h"

static json_object *
to_line(const struct sim_send *send)
{
	json_object *line = json_object_new_object();

	sim_put_int(line, "start_ms", send->start_ms);
	sim_put_int(line, "sent_ms", send->sent_ms);
	sim_put_int(line, "timestamp_s", send->timestamp_s);
	sim_put_text(line, "instance", send->instance);
	sim_put_text(line, "number", send->number);
	sim_put_text(line, "jid", send->jid);
	sim_put_text(line, "jid_alt", send->jid_alt);
	sim_put_text(line, "recipient", send->recipient);
	sim_put_text(line, "key", send->key);
	sim_put_text(line, "type", send->type);
	sim_put_text(line, "text", send->text);
	sim_put_text(line, "media", send->media);
	sim_put_text(line, "file_name", send->file_name);
	sim_put_text(line, "mimetype", send->mimetype);
	sim_put_int(line, "file_length", send->file_length);
	sim_put_bool(line, "saved", send->is_saved);
	return line;
}

static char *
take(json_object *line, const char *name)
{
	return sim_strdup(sim_body_text(line, name));
}

static struct sim_send *
from_line(json_object *line)
{
	struct sim_send *send = calloc(1, sizeof(*send));
	json_object *saved;

	if (!send)
		abort();
	send->start_ms = sim_body_int(line, "start_ms", 0);
	send->sent_ms = sim_body_int(line, "sent_ms", 0);
	send->timestamp_s = sim_body_int(line, "timestamp_s", 0);
	send->instance = take(line, "instance");
	send->number = take(line, "number");
	send->jid = take(line, "jid");
	send->jid_alt = take(line, "jid_alt");
	send->recipient = take(line, "recipient");
	send->key = take(line, "key");
	send->type = take(line, "type");
	send->text = take(line, "text");
	send->media = take(line, "media");
	send->file_name = take(line, "file_name");
	send->mimetype = take(line, "mimetype");
	send->file_length = sim_body_int(line, "file_length", 0);
	send->is_saved = json_object_object_get_ex(line, "saved", &saved) &&
			 json_object_get_boolean(saved);
	return send;
}

static void
keep(struct sim *sim, struct sim_send *send)
{
	if (sim->n_sends == sim->n_sends_allocated) {
		sim->n_sends_allocated += 1024;
		sim->sends = realloc(sim->sends, sim->n_sends_allocated *
						     sizeof(sim->sends[0]));
		if (!sim->sends)
			abort();
	}
	sim->sends[sim->n_sends++] = send;
}

/* So that what a kill left half written does not spoil the next line. */
static void
end_last_line(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last;

	if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n' &&
	    write(fd, "\n", 1) != 1)
		err(1, "journal");
}

static void
load(struct sim *sim, FILE *file)
{
	char *text = NULL;
	size_t size = 0;
	json_object *line;

	while (getline(&text, &size, file) > 0) {
		line = json_tokener_parse(text);
		if (sim_body_text(line, "called"))
			sim_count_call(sim, sim_body_text(line, "called"));
		else if (sim_body_text(line, "key") &&
			 sim_body_text(line, "type") &&
			 sim_body_text(line, "recipient") &&
			 sim_body_text(line, "instance"))
			keep(sim, from_line(line));
		json_object_put(line);
	}
	free(text);
}

void
sim_journal_open(struct sim *sim)
{
	FILE *file;

	if (!sim->journal_path)
		return;
	sim->journal_fd = open(sim->journal_path,
			       O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (sim->journal_fd < 0)
		err(1, "%s", sim->journal_path);
	file = fopen(sim->journal_path, "re");
	if (!file)
		err(1, "%s", sim->journal_path);
	load(sim, file);
	fclose(file);
	end_last_line(sim->journal_fd);
}

/* line goes to the function. */
static void
write_line(int fd, json_object *line)
{
	char *text;
	int len = asprintf(&text, "%s\n", sim_json_text(line));

	if (len < 0)
		abort();
	if (write(fd, text, (size_t)len) != len)
		err(1, "journal");
	free(text);
	json_object_put(line);
}

void
sim_journal_call(struct sim *sim, const char *recipient)
{
	json_object *line;

	if (sim->journal_fd < 0)
		return;
	line = json_object_new_object();
	sim_put_text(line, "called", recipient);
	write_line(sim->journal_fd, line);
}

void
sim_journal_record(struct sim *sim, struct sim_send *send)
{
	pthread_mutex_lock(&sim->lock);
	if (sim->journal_fd >= 0)
		write_line(sim->journal_fd, to_line(send));
	keep(sim, send);
	pthread_mutex_unlock(&sim->lock);
}

void
sim_journal_reset(struct sim *sim)
{
	pthread_mutex_lock(&sim->lock);
	sim->n_sends = 0;
	if (sim->journal_fd >= 0 && ftruncate(sim->journal_fd, 0) != 0)
		err(1, "journal");
	pthread_mutex_unlock(&sim->lock);
}

bool
sim_journal_knows(struct sim *sim, const char *recipient)
{
	bool is_known = false;

	pthread_mutex_lock(&sim->lock);
	for (size_t i = 0; i < sim->n_sends && !is_known; i++)
		is_known = strcmp(sim->sends[i]->recipient, recipient) == 0;
	pthread_mutex_unlock(&sim->lock);
	return is_known;
}
