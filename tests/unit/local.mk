# SPDX-License-Identifier: MIT
# One CUnit program for each module of base and domain.
UNIT_TESTS += \
	tests/unit/test_launch_answer \
	tests/unit/test_slots \
	tests/unit/test_template \
	tests/unit/test_base \
	tests/unit/test_contacts \
	tests/unit/test_cli_progress \
	tests/unit/test_db \
	tests/unit/test_settings

check_PROGRAMS += $(UNIT_TESTS)

tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_unit_test_base_LDADD = $(LDADD) $(CUNIT_LIBS)

tests_unit_test_settings_SOURCES = tests/unit/test_settings.c tests/unit/unit.h
tests_unit_test_settings_LDADD = $(LDADD) $(CUNIT_LIBS)

tests_unit_test_db_SOURCES = tests/unit/test_db.c tests/unit/unit.h
tests_unit_test_db_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_phone
tests_unit_test_phone_SOURCES = tests/unit/test_phone.c tests/unit/unit.h
tests_unit_test_phone_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_launch_request
tests_unit_test_launch_request_SOURCES = tests/unit/test_launch_request.c \
	tests/unit/unit.h
tests_unit_test_launch_request_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_log
tests_unit_test_log_SOURCES = tests/unit/test_log.c \
	tests/unit/unit.h
tests_unit_test_log_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_launch_body
tests_unit_test_launch_body_SOURCES = tests/unit/test_launch_body.c \
	tests/unit/unit.h
tests_unit_test_launch_body_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_media_url
tests_unit_test_media_url_SOURCES = tests/unit/test_media_url.c \
	tests/unit/unit.h
tests_unit_test_media_url_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_jwt
tests_unit_test_jwt_SOURCES = tests/unit/test_jwt.c tests/unit/unit.h
tests_unit_test_jwt_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_signature
tests_unit_test_signature_SOURCES = tests/unit/test_signature.c tests/unit/unit.h
tests_unit_test_signature_LDADD = $(LDADD) $(CUNIT_LIBS)
EXTRA_DIST += tests/data/upstash-signature.json
UNIT_TESTS += tests/unit/test_http
tests_unit_test_http_SOURCES = tests/unit/test_http.c tests/unit/unit.h
tests_unit_test_http_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_outcome
tests_unit_test_outcome_SOURCES = tests/unit/test_outcome.c tests/unit/unit.h
tests_unit_test_outcome_LDADD = $(LDADD) $(CUNIT_LIBS)
EXTRA_DIST += tests/data/evolution-2.3.6-answers.txt
UNIT_TESTS += tests/unit/test_qstash
tests_unit_test_qstash_SOURCES = tests/unit/test_qstash.c tests/unit/unit.h
tests_unit_test_qstash_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_request
tests_unit_test_request_SOURCES = tests/unit/test_request.c tests/unit/unit.h
tests_unit_test_request_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_problem
tests_unit_test_problem_SOURCES = tests/unit/test_problem.c tests/unit/unit.h
tests_unit_test_problem_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_access_token
tests_unit_test_access_token_SOURCES = tests/unit/test_access_token.c \
	tests/unit/unit.h
tests_unit_test_access_token_LDADD = $(LDADD) $(CUNIT_LIBS)

tests_unit_test_cli_progress_SOURCES = tests/unit/test_cli_progress.c \
	tests/unit/unit.h src/cli/progress.c src/cli/progress.h \
	src/cli/values.c src/cli/values.h
tests_unit_test_cli_progress_LDADD = $(LDADD) $(CUNIT_LIBS)

tests_unit_test_contacts_SOURCES = tests/unit/test_contacts.c \
	tests/unit/unit.h $(CLI_CONTACTS)
tests_unit_test_contacts_LDADD = $(LDADD) $(CUNIT_LIBS) $(CSV_LIBS)

tests_unit_test_template_SOURCES = tests/unit/test_template.c tests/unit/unit.h
tests_unit_test_template_LDADD = $(LDADD) $(CUNIT_LIBS)

tests_unit_test_slots_SOURCES = tests/unit/test_slots.c tests/unit/unit.h
tests_unit_test_slots_LDADD = $(LDADD) $(CUNIT_LIBS)

tests_unit_test_launch_answer_SOURCES = tests/unit/test_launch_answer.c tests/unit/unit.h
tests_unit_test_launch_answer_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_progress tests/unit/test_listing
tests_unit_test_progress_SOURCES = tests/unit/test_progress.c tests/unit/unit.h
tests_unit_test_progress_LDADD = $(LDADD) $(CUNIT_LIBS)
tests_unit_test_listing_SOURCES = tests/unit/test_listing.c tests/unit/unit.h
tests_unit_test_listing_LDADD = $(LDADD) $(CUNIT_LIBS)

# The pure parts of local-queue.
QUEUE_UNIT_LDADD = liblocalqueue.a $(LDADD) $(CUNIT_LIBS) -lm
UNIT_TESTS += tests/unit/test_retry_delay tests/unit/test_queue_times \
	tests/unit/test_publish_options
tests_unit_test_retry_delay_SOURCES = tests/unit/test_retry_delay.c \
	tests/unit/unit.h
tests_unit_test_retry_delay_LDADD = $(QUEUE_UNIT_LDADD)
tests_unit_test_queue_times_SOURCES = tests/unit/test_queue_times.c \
	tests/unit/unit.h
tests_unit_test_queue_times_LDADD = $(QUEUE_UNIT_LDADD)
tests_unit_test_publish_options_SOURCES = tests/unit/test_publish_options.c \
	tests/unit/unit.h
tests_unit_test_publish_options_LDADD = $(QUEUE_UNIT_LDADD)
UNIT_TESTS += tests/unit/test_evolution
tests_unit_test_evolution_SOURCES = tests/unit/test_evolution.c tests/unit/unit.h
tests_unit_test_evolution_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_lane_wait
tests_unit_test_lane_wait_SOURCES = tests/unit/test_lane_wait.c \
	tests/unit/unit.h
tests_unit_test_lane_wait_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_merger
tests_unit_test_merger_SOURCES = tests/unit/test_merger.c tests/unit/unit.h
tests_unit_test_merger_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_fcgi_poll
tests_unit_test_fcgi_poll_SOURCES = tests/unit/test_fcgi_poll.c tests/unit/unit.h
tests_unit_test_fcgi_poll_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_delivery_request
tests_unit_test_delivery_request_SOURCES = tests/unit/test_delivery_request.c tests/unit/unit.h
tests_unit_test_delivery_request_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_launch_preview
tests_unit_test_launch_preview_SOURCES = tests/unit/test_launch_preview.c \
	tests/unit/unit.h
tests_unit_test_launch_preview_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_evolution_event
tests_unit_test_evolution_event_SOURCES = \
	tests/unit/test_evolution_event.c tests/unit/unit.h
tests_unit_test_evolution_event_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_cli_window
tests_unit_test_cli_window_SOURCES = tests/unit/test_cli_window.c \
	tests/unit/unit.h src/cli/cli.c src/cli/config_files.c src/cli/files.c \
	src/cli/window.c src/cli/window.h
tests_unit_test_cli_window_CPPFLAGS = $(AM_CPPFLAGS) $(CLI_DIRECTORIES)
tests_unit_test_cli_window_LDADD = $(LDADD) $(CUNIT_LIBS)
UNIT_TESTS += tests/unit/test_control
tests_unit_test_control_SOURCES = tests/unit/test_control.c tests/unit/unit.h
tests_unit_test_control_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_eta
tests_unit_test_eta_SOURCES = tests/unit/test_eta.c tests/unit/unit.h
tests_unit_test_eta_LDADD = $(LDADD) $(CUNIT_LIBS)

UNIT_TESTS += tests/unit/test_eta_runs
tests_unit_test_eta_runs_SOURCES = tests/unit/test_eta_runs.c tests/unit/unit.h
tests_unit_test_eta_runs_LDADD = $(LDADD) $(CUNIT_LIBS) -lm

UNIT_TESTS += tests/unit/test_metrics
tests_unit_test_metrics_SOURCES = tests/unit/test_metrics.c tests/unit/unit.h
tests_unit_test_metrics_LDADD = $(LDADD) $(CUNIT_LIBS)
UNIT_TESTS += tests/unit/test_reconcile
tests_unit_test_reconcile_SOURCES = tests/unit/test_reconcile.c tests/unit/unit.h
tests_unit_test_reconcile_LDADD = $(LDADD) $(CUNIT_LIBS)
UNIT_TESTS += tests/unit/test_setup_files
tests_unit_test_setup_files_SOURCES = tests/unit/test_setup_files.c \
	tests/unit/unit.h src/cli/managed_block.c src/cli/managed_block.h
tests_unit_test_setup_files_LDADD = $(LDADD) $(CUNIT_LIBS)
UNIT_TESTS += tests/unit/test_answer_cache
tests_unit_test_answer_cache_SOURCES = tests/unit/test_answer_cache.c \
	tests/unit/unit.h
tests_unit_test_answer_cache_LDADD = $(LDADD) $(CUNIT_LIBS)
