# SPDX-License-Identifier: MIT
# Numbers that all programs of a machine share, and their text.
libdisparalead_a_SOURCES += \
	src/metrics/metrics.c src/metrics/metrics.h \
	src/metrics/metrics_text.c \
	src/metrics/page.h
