# SPDX-License-Identifier: MIT
dist_man_MANS += man/disparalead.conf.5
