# SPDX-License-Identifier: MIT
# The fault matrix; run by ./check, not by make check, because it needs a
# build of its own (--enable-failpoints).
EXTRA_DIST += tests/faults/lib.sh tests/faults/prepare.sh tests/faults/row \
	tests/faults/run tests/faults/soak \
	doc/guarantees.md tests/faults/rows-database.sh \
	tests/faults/rows-control.sh tests/faults/rows-delivery.sh \
	tests/faults/rows-events.sh tests/faults/rows-evolution.sh \
	tests/faults/rows-launch.sh tests/faults/rows-machines.sh \
	tests/faults/rows-queue.sh tests/faults/rows-status.sh
