-- SPDX-License-Identifier: MIT
-- Notes what Evolution said of an instance. One line: whether its lane opened.
-- $1 text instance, $2 text state. Locks the lane, then the live campaigns on
-- it by id. May be run twice.
SELECT disparalead.set_lane_state($1::text, $2::text) AS opened
