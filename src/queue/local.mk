# SPDX-License-Identifier: MIT
# local-queue: the embedded queue; a library of its own so that tests reach
# its parts.
noinst_LIBRARIES += liblocalqueue.a
liblocalqueue_a_SOURCES = \
	src/queue/api.c src/queue/api.h \
	src/queue/attempt.c src/queue/attempt.h \
	src/queue/backoff.c src/queue/backoff.h \
	src/queue/callback.c src/queue/callback.h \
	src/queue/credentials.c src/queue/credentials.h \
	src/queue/dead_letters.c src/queue/dead_letters.h \
	src/queue/delivery.c src/queue/delivery.h \
	src/queue/destination.c src/queue/destination.h \
	src/queue/dispatcher.c src/queue/dispatcher.h \
	src/queue/duration.c src/queue/duration.h \
	src/queue/events.c src/queue/events.h \
	src/queue/flow_control.c src/queue/flow_control.h \
	src/queue/flow_keys.c src/queue/flow_keys.h \
	src/queue/header_list.c src/queue/header_list.h \
	src/queue/keys.c src/queue/keys.h \
	src/queue/message_json.c src/queue/message_json.h \
	src/queue/messages.c src/queue/messages.h \
	src/queue/publish.c src/queue/publish.h \
	src/queue/publish_item.c src/queue/publish_item.h \
	src/queue/publish_options.c src/queue/publish_options.h \
	src/queue/query.c src/queue/query.h \
	src/queue/queue.h \
	src/queue/retry_after.c src/queue/retry_after.h \
	src/queue/retry_delay.c src/queue/retry_delay.h

pkglibexec_PROGRAMS += local-queue
local_queue_SOURCES = src/queue/local-queue.c
local_queue_LDADD = liblocalqueue.a $(LDADD) -lm
