# SPDX-License-Identifier: MIT
# Statements are embedded; migrations and roles are installed as files.
# ($(wildcard) is GNU make's, which every Debian has.)
SQL_QUERIES = $(sort $(wildcard $(srcdir)/sql/queries/*.sql))
SQL_MIGRATIONS = $(sort $(wildcard $(srcdir)/sql/migrations/*.sql))
EXTRA_DIST += $(SQL_QUERIES) $(SQL_MIGRATIONS) $(wildcard $(srcdir)/sql/*.sql) \
	build-aux/embed-sql.sh doc/database.md doc/local-queue.md

sqldir = $(pkgdatadir)/sql/migrations
sql_DATA = $(SQL_MIGRATIONS)
sqlrolesdir = $(pkgdatadir)/sql
dist_sqlroles_DATA = sql/roles.sql

nodist_libdisparalead_a_SOURCES += src/store/statements.c src/store/statements.h
BUILT_SOURCES += src/store/statements.h
CLEANFILES += src/store/statements.c src/store/statements.h

src/store/statements.h: $(SQL_QUERIES) $(srcdir)/build-aux/embed-sql.sh
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(srcdir)/build-aux/embed-sql.sh h $(SQL_QUERIES) > $@.tmp && mv $@.tmp $@

src/store/statements.c: $(SQL_QUERIES) $(srcdir)/build-aux/embed-sql.sh
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(srcdir)/build-aux/embed-sql.sh c $(SQL_QUERIES) > $@.tmp && mv $@.tmp $@
