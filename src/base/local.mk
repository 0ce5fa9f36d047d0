# SPDX-License-Identifier: MIT
# What everything stands on: no sockets, no database.
libdisparalead_a_SOURCES += \
	src/base/arena.c src/base/arena.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/crypto.c src/base/crypto.h \
	src/base/die.c src/base/die.h \
	src/base/error.c src/base/error.h \
	src/base/json_in.c src/base/json_in.h \
	src/base/json_out.c src/base/json_out.h \
	src/base/log.c src/base/log.h \
	src/base/machine.c src/base/machine.h \
	src/base/public_key.c src/base/public_key.h \
	src/base/settings.c src/base/settings.h \
	src/base/settings_file.c src/base/settings_file.h \
	src/base/str.c src/base/str.h \
	src/base/uuid.c src/base/uuid.h
# Only for tests/faults; the header is nothing without it.
libdisparalead_a_SOURCES += src/base/failpoint.h
if FAILPOINTS
libdisparalead_a_SOURCES += src/base/failpoint.c
endif
