# SPDX-License-Identifier: MIT
# The vendor's client against local-queue; run by ./check, not by make check,
# because it fetches an npm package.
EXTRA_DIST += tests/contract/client.mjs tests/contract/package.json \
	tests/contract/package-lock.json tests/contract/packages.txt \
	tests/contract/qstash.test tests/contract/run
