-- SPDX-License-Identifier: Apache-2.0
-- A stored rendering says by itself all that an answer needs: it is stored only while the record is locked
-- at the version it shows, and removed by whatever changes the record.  A row without a time was
-- stored by a program that did not lock, and is not used.
-- tolerates: 0.1.0

ALTER TABLE document ADD COLUMN updated_at DATETIME(3) NULL COMMENT 'of the record';
