# SPDX-License-Identifier: MIT
# The Debian package: built twice, linted, and lived with in a chroot. Run by
# hand, not by make check or ./check: it needs root and a Debian mirror.
EXTRA_DIST += tests/package/run tests/package/life.sh tests/package/units.sh \
	tests/package/packages.txt
