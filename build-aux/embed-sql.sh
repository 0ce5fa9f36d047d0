#!/bin/sh
# SPDX-License-Identifier: MIT
# embed-sql.sh (h|c) FILE.sql...: the statements of sql/queries as C.
# The statement's name is the file's; the number of parameters is the highest
# $n that stands outside the leading comment. "-- Plan: generic." there asks for
# a plan that is made once, whatever the parameters.
set -eu
form=$1
shift
name() {
	basename "$1" .sql
}
if [ "$form" = h ]; then
	echo '/* Generated from sql/queries by build-aux/embed-sql.sh. */'
	echo '#ifndef DL_STORE_STATEMENTS_H'
	echo '#define DL_STORE_STATEMENTS_H'
	echo '#include <stdbool.h>'
	echo 'enum dl_statement {'
	for f; do
		echo "	DL_SQL_$(name "$f" | tr '[:lower:]' '[:upper:]'),"
	done
	echo '	DL_SQL__COUNT'
	echo '};'
	echo 'struct dl_statement_text {'
	echo '	const char *name; /* the file name without .sql */'
	echo '	const char *sql;'
	echo '	int n_params;'
	echo '	bool is_generic; /* its plan is made once for all parameters */'
	echo '};'
	echo 'extern const struct dl_statement_text dl_statements[];'
	echo '#endif'
	exit
fi
echo '/* Generated from sql/queries by build-aux/embed-sql.sh. */'
echo '#include "store/statements.h"'
echo 'const struct dl_statement_text dl_statements[] = {'
for f; do
	n=$(sed 's/--.*//' "$f" | grep -o '\$[0-9][0-9]*' | tr -d '$' |
		sort -n | tail -n 1)
	echo "{\"$(name "$f")\","
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$f"
	generic=$(grep -c '^-- Plan: generic\.$' "$f") || :
	echo ", ${n:-0}, $generic},"
done
echo '{0, 0, 0, false}};'
