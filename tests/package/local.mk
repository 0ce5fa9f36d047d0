# SPDX-License-Identifier: MIT
# The Debian package: built twice, linted, and lived with in a chroot; run by
# ./check, not by make check, because it needs root and a Debian mirror.
EXTRA_DIST += tests/package/run tests/package/life.sh tests/package/units.sh \
	tests/package/packages.txt
