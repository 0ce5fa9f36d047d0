# SPDX-License-Identifier: MIT

pkglibexec_PROGRAMS += process-message
process_message_SOURCES = src/programs/process-message.c
