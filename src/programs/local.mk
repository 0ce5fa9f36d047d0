# SPDX-License-Identifier: MIT

pkglibexec_PROGRAMS += process-message
process_message_SOURCES = src/programs/process-message.c

pkglibexec_PROGRAMS += campaign-status
campaign_status_SOURCES = src/programs/campaign-status.c
