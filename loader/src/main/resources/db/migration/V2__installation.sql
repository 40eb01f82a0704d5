-- One row: the installation that these tables belong to. A data directory that names another one is not loaded into them.

CREATE TABLE IF NOT EXISTS installation (
  one             TINYINT UNSIGNED NOT NULL,
  installation_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  made_ms         BIGINT NOT NULL,
  PRIMARY KEY (one)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
