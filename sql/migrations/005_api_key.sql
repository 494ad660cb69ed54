-- SPDX-License-Identifier: Apache-2.0
-- Keys of callers.  The secret itself is kept nowhere: hash is BLAKE2b-256 of the whole token, whose
-- secret part has 256 random bits.
-- tolerates: 0.1.0

CREATE TABLE api_key (
	id CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'The public part of the token',
	name VARCHAR(100) NOT NULL COMMENT 'Whose key it is',
	role VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'The role it was made with',
	scopes VARCHAR(127) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'Names with spaces between',
	hash BINARY(32) NOT NULL,
	created_at DATETIME(3) NOT NULL,
	expires_at DATETIME(3) NULL,
	revoked_at DATETIME(3) NULL,
	last_used_at DATETIME(3) NULL COMMENT 'To the minute',
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='Keys of callers';
