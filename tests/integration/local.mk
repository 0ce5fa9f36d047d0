# SPDX-License-Identifier: MIT

# The schema: by itself, and on a database of the existing product.
EXTRA_DIST += tests/integration/postgres.sh tests/integration/existing.sh \
	tests/integration/schema.test tests/integration/adoption.test \
	tests/integration/data/existing-base.sql \
	tests/integration/data/existing-messages.sql \
	tests/integration/data/contract-columns.txt

# What drives the store from the shell.
check_PROGRAMS += tests/integration/db-probe
tests_integration_db_probe_SOURCES = tests/integration/db_probe.c
