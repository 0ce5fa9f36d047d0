# SPDX-License-Identifier: MIT
# The Evolution simulator, for the tests and for ./demo.
noinst_PROGRAMS += tests/simulator/evolution-simulator
tests_simulator_evolution_simulator_SOURCES = \
	tests/simulator/answer.c tests/simulator/answer.h \
	tests/simulator/behaviour.c tests/simulator/behaviour.h \
	tests/simulator/chat.c \
	tests/simulator/control.c \
	tests/simulator/evolution-simulator.c \
	tests/simulator/http.c tests/simulator/http.h \
	tests/simulator/instance.c \
	tests/simulator/jid.c tests/simulator/jid.h \
	tests/simulator/journal.c tests/simulator/journal.h \
	tests/simulator/media.c tests/simulator/media.h \
	tests/simulator/message.c tests/simulator/message.h \
	tests/simulator/request.c tests/simulator/request.h \
	tests/simulator/routes.h \
	tests/simulator/send.c tests/simulator/send.h \
	tests/simulator/sim.c tests/simulator/sim.h \
	tests/simulator/validate.c tests/simulator/validate.h \
	tests/simulator/webhook.c tests/simulator/webhook.h
tests_simulator_evolution_simulator_LDADD = $(LDADD) $(MICROHTTPD_LIBS) -lm
EXTRA_DIST += tests/simulator/README.md \
	tests/data/evolution-2.3.6-answers.txt \
	tests/data/evolution-2.3.6-webhooks.jsonl
