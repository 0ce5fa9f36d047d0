# SPDX-License-Identifier: MIT
# One delivery of the queue: claim, send, record.
libdisparalead_a_SOURCES += \
	src/delivery/delivery.c src/delivery/delivery.h \
	src/delivery/delivery_store.c src/delivery/delivery_store.h \
	src/delivery/lane_wait.c src/delivery/lane_wait.h \
	src/delivery/marker.c src/delivery/marker.h \
	src/delivery/publication.c src/delivery/publication.h
libdisparalead_a_SOURCES += src/delivery/events.c src/delivery/events.h
libdisparalead_a_SOURCES += \
	src/delivery/reconciliation.c src/delivery/reconciliation.h
