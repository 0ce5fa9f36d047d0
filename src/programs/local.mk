# SPDX-License-Identifier: MIT

pkglibexec_PROGRAMS += process-message
process_message_SOURCES = src/programs/process-message.c

pkglibexec_PROGRAMS += campaign-status
campaign_status_SOURCES = src/programs/campaign-status.c
pkglibexec_PROGRAMS += launch-campaign
launch_campaign_SOURCES = src/programs/launch-campaign.c \
	src/programs/launch.h \
	src/programs/launch_decide.c \
	src/programs/launch_dry_run.c \
	src/programs/launch_http.c \
	src/programs/launch_publish.c
pkglibexec_PROGRAMS += evolution-events
evolution_events_SOURCES = src/programs/evolution-events.c
pkglibexec_PROGRAMS += control-campaign
control_campaign_SOURCES = src/programs/control-campaign.c \
	src/programs/control.h \
	src/programs/control_actions.c \
	src/programs/control_apply.c \
	src/programs/control_edit.c \
	src/programs/control_http.c \
	src/programs/control_queue.c \
	src/programs/control_slots.c \
	src/programs/control_walk.c
