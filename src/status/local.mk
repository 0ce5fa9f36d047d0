# SPDX-License-Identifier: MIT
# What campaign-status shows, one file a view.
libdisparalead_a_SOURCES += \
	src/status/answer_cache.c src/status/answer_cache.h \
	src/status/health.c \
	src/status/internal.h \
	src/status/metrics.c \
	src/status/status.c src/status/status.h \
	src/status/status_csv.c \
	src/status/status_eta.c \
	src/status/status_lanes.c \
	src/status/status_list.c \
	src/status/status_messages.c \
	src/status/status_one.c \
	src/status/status_query.c \
	src/status/status_short.c \
	src/status/status_who.c src/status/status_who.h
