# SPDX-License-Identifier: MIT
# PostgreSQL: connections, statements, what the programs ask of it.
libdisparalead_a_SOURCES += src/store/db.h
