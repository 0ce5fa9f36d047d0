# SPDX-License-Identifier: MIT
# PostgreSQL: connections, statements, what the programs ask of it.
libdisparalead_a_SOURCES += \
	src/store/cluster.c src/store/cluster.h \
	src/store/db.c src/store/db.h \
	src/store/db_array.c \
	src/store/db_connect.c \
	src/store/db_error.c \
	src/store/db_internal.h \
	src/store/db_pool.c \
	src/store/db_values.c \
	src/store/migrations.c src/store/migrations.h
libdisparalead_a_SOURCES += \
	src/store/launch_insert.c src/store/launch_internal.h \
	src/store/launch_store.c src/store/launch_store.h
libdisparalead_a_SOURCES += src/store/calendar.c src/store/calendar.h
libdisparalead_a_SOURCES += \
	src/store/merger.c src/store/merger.h \
	src/store/turn.c src/store/turn.h
if FAILPOINTS
libdisparalead_a_SOURCES += src/store/db_failpoint.c
endif
