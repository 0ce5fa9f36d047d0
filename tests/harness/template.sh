#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes the migrated database that the tests of a run copy (see run-tests).
. "$(dirname "$0")/lib.sh"
make_template
