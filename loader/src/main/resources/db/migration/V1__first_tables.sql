-- The whole schema with the reason for every key is in docs/schema.md. Ids and hashes are signed 64-bit numbers.
-- Times end in _ms (milliseconds since 1970 UTC); a day is days since 1970-01-01 in the project's time zone.
-- No transaction takes back a CREATE TABLE: what was stopped halfway runs again from the start, past what is there.

-- Control tables: primary data, never rebuilt.

CREATE TABLE IF NOT EXISTS project (
  project_id      INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name            VARCHAR(100) NOT NULL,
  public_key      CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret_key_hash BINARY(32) NOT NULL,
  allowed_domains TEXT NOT NULL,
  time_zone       VARCHAR(64) NOT NULL,
  is_active       BOOLEAN NOT NULL,
  created_ms      BIGINT NOT NULL,
  updated_ms      BIGINT NOT NULL,
  deleted_ms      BIGINT NULL,
  settings        VARCHAR(4096) NOT NULL DEFAULT '{}',
  purged_ms       BIGINT NULL,
  PRIMARY KEY (project_id),
  UNIQUE KEY public_key (public_key),
  UNIQUE KEY secret_key_hash (secret_key_hash)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS control_version (
  one     TINYINT UNSIGNED NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (one)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO control_version (one, version) VALUES (1, 1);

CREATE TABLE IF NOT EXISTS link (
  link_id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  project_id      INT UNSIGNED NOT NULL,
  code            CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  destination_url VARCHAR(2048) NOT NULL,
  label           VARCHAR(255) NULL,
  is_active       BOOLEAN NOT NULL,
  created_ms      BIGINT NOT NULL,
  updated_ms      BIGINT NOT NULL,
  deleted_ms      BIGINT NULL,
  PRIMARY KEY (link_id),
  UNIQUE KEY code (code),
  KEY of_project (project_id, deleted_ms, link_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS erasure (
  project_id  INT UNSIGNED NOT NULL,
  visitor_id  BIGINT NOT NULL,
  erased_ms   BIGINT NOT NULL,
  unlinked_ms BIGINT NULL,
  purged_ms   BIGINT NULL,
  PRIMARY KEY (project_id, visitor_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS visitor_alias (
  project_id INT UNSIGNED NOT NULL,
  alias_id   BIGINT NOT NULL,
  visitor_id BIGINT NOT NULL,
  PRIMARY KEY (project_id, alias_id),
  KEY of_visitor (project_id, visitor_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS visitor_fingerprint (
  project_id      INT UNSIGNED NOT NULL,
  fingerprint_key BIGINT NOT NULL,
  visitor_id      BIGINT NOT NULL,
  PRIMARY KEY (project_id, fingerprint_key),
  KEY of_visitor (project_id, visitor_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS error_group (
  group_id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  project_id       INT UNSIGNED NOT NULL,
  fingerprint      BINARY(32) NOT NULL,
  error_type       VARCHAR(100) NOT NULL,
  message          VARCHAR(1024) NOT NULL,
  file             VARCHAR(512) NULL,
  line             INT UNSIGNED NULL,
  severity         TINYINT UNSIGNED NOT NULL,
  environment      TINYINT UNSIGNED NOT NULL,
  status           TINYINT UNSIGNED NOT NULL,
  status_ms        BIGINT NOT NULL,
  occurrence_count BIGINT NOT NULL,
  first_seen_ms    BIGINT NOT NULL,
  last_seen_ms     BIGINT NOT NULL,
  last_sequence    BIGINT NOT NULL,
  PRIMARY KEY (group_id),
  UNIQUE KEY fingerprint (project_id, fingerprint),
  KEY newest (project_id, last_seen_ms, last_sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The loader's own state.

CREATE TABLE IF NOT EXISTS checkpoint (
  loader_id    SMALLINT UNSIGNED NOT NULL,
  journal_id   BIGINT NOT NULL,
  epoch        INT UNSIGNED NOT NULL,
  sequence     BIGINT NOT NULL,
  record_index BIGINT NOT NULL,
  crc          INT UNSIGNED NOT NULL,
  received_ms  BIGINT NOT NULL,
  loaded_ms    BIGINT NOT NULL,
  PRIMARY KEY (loader_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS loaded_epoch (
  loader_id  SMALLINT UNSIGNED NOT NULL,
  journal_id BIGINT NOT NULL,
  epoch      INT UNSIGNED NOT NULL,
  sequence   BIGINT NOT NULL,
  PRIMARY KEY (loader_id, journal_id, epoch)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS ledger (
  loader_id  SMALLINT UNSIGNED NOT NULL,
  project_id INT UNSIGNED NOT NULL,
  outcome    VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  events     BIGINT NOT NULL,
  PRIMARY KEY (loader_id, project_id, outcome)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was stored per project since it exists, so that a project list need not count rows. Kept by the loader, in the
-- batch's transaction: exactly the counted pageviews and the stored error and audit events.
CREATE TABLE IF NOT EXISTS project_total (
  project_id   INT UNSIGNED NOT NULL,
  pageviews    BIGINT NOT NULL,
  error_events BIGINT NOT NULL,
  audit_events BIGINT NOT NULL,
  PRIMARY KEY (project_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Clicks of people since the link exists, so that a list of links need not count rows.
CREATE TABLE IF NOT EXISTS link_total (
  project_id INT UNSIGNED NOT NULL,
  link_id    INT UNSIGNED NOT NULL,
  clicks     BIGINT NOT NULL,
  PRIMARY KEY (project_id, link_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS dead_letter (
  loader_id    SMALLINT UNSIGNED NOT NULL,
  journal_id   BIGINT NOT NULL,
  record_index BIGINT NOT NULL,
  project_id   INT UNSIGNED NOT NULL,
  reason       VARCHAR(255) NOT NULL,
  record       MEDIUMBLOB NOT NULL,
  loaded_ms    BIGINT NOT NULL,
  PRIMARY KEY (loader_id, journal_id, record_index)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Dictionaries: text that repeats, stored once a project under its 64-bit hash.

CREATE TABLE IF NOT EXISTS page (
  project_id      INT UNSIGNED NOT NULL,
  page_id         BIGINT NOT NULL,
  url             VARCHAR(2048) NOT NULL,
  title           VARCHAR(512) NULL,
  utm_source_id   BIGINT NULL,
  utm_medium_id   BIGINT NULL,
  utm_campaign_id BIGINT NULL,
  utm_content_id  BIGINT NULL,
  utm_term_id     BIGINT NULL,
  PRIMARY KEY (project_id, page_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS term (
  project_id INT UNSIGNED NOT NULL,
  term_id    BIGINT NOT NULL,
  value      VARCHAR(2048) NOT NULL,
  PRIMARY KEY (project_id, term_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS stack (
  project_id INT UNSIGNED NOT NULL,
  stack_id   BIGINT NOT NULL,
  trace      MEDIUMTEXT NOT NULL,
  PRIMARY KEY (project_id, stack_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Raw rows. The loader splits p_later into one partition a UTC day.

CREATE TABLE IF NOT EXISTS visitor (
  project_id    INT UNSIGNED NOT NULL,
  visitor_id    BIGINT NOT NULL,
  first_seen_ms BIGINT NOT NULL,
  PRIMARY KEY (project_id, visitor_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS event_seen (
  event_id    BIGINT NOT NULL,
  received_ms BIGINT NOT NULL,
  PRIMARY KEY (event_id, received_ms)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE (received_ms) (PARTITION p_later VALUES LESS THAN MAXVALUE);

CREATE TABLE IF NOT EXISTS pageview (
  project_id         INT UNSIGNED NOT NULL,
  received_ms        BIGINT NOT NULL,
  sequence           BIGINT NOT NULL,
  day                MEDIUMINT UNSIGNED NOT NULL,
  visitor_id         BIGINT NOT NULL,
  session_token      BIGINT NOT NULL,
  session_started_ms BIGINT NOT NULL,
  page_id            BIGINT NOT NULL,
  category           TINYINT UNSIGNED NOT NULL DEFAULT 0,
  referrer_id        BIGINT NULL,
  PRIMARY KEY (project_id, received_ms, sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE (received_ms) (PARTITION p_later VALUES LESS THAN MAXVALUE);

CREATE TABLE IF NOT EXISTS session (
  project_id         INT UNSIGNED NOT NULL,
  session_token      BIGINT NOT NULL,
  started_ms         BIGINT NOT NULL,
  last_ms            BIGINT NOT NULL,
  day                MEDIUMINT UNSIGNED NOT NULL,
  pageviews          INT UNSIGNED NOT NULL,
  visitor_id         BIGINT NOT NULL,
  entry_page_id      BIGINT NOT NULL,
  exit_page_id       BIGINT NOT NULL,
  referrer_id        BIGINT NULL,
  utm_source_id      BIGINT NULL,
  utm_medium_id      BIGINT NULL,
  utm_campaign_id    BIGINT NULL,
  utm_content_id     BIGINT NULL,
  utm_term_id        BIGINT NULL,
  screen_id          BIGINT NULL,
  time_zone_id       BIGINT NULL,
  language_id        BIGINT NULL,
  category           TINYINT UNSIGNED NOT NULL DEFAULT 0,
  device             TINYINT UNSIGNED NOT NULL DEFAULT 0,
  os_id              BIGINT NULL,
  os_version_id      BIGINT NULL,
  browser_id         BIGINT NULL,
  browser_version_id BIGINT NULL,
  country            CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
  region_id          BIGINT NULL,
  city_id            BIGINT NULL,
  PRIMARY KEY (project_id, session_token, started_ms)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE (started_ms) (PARTITION p_later VALUES LESS THAN MAXVALUE);

CREATE TABLE IF NOT EXISTS error_event (
  project_id    INT UNSIGNED NOT NULL,
  received_ms   BIGINT NOT NULL,
  sequence      BIGINT NOT NULL,
  day           MEDIUMINT UNSIGNED NOT NULL,
  group_id      INT UNSIGNED NOT NULL,
  severity      TINYINT UNSIGNED NOT NULL,
  environment   TINYINT UNSIGNED NOT NULL,
  occurred_ms   BIGINT NULL,
  visitor_id    BIGINT NULL,
  session_token BIGINT NULL,
  url_id        BIGINT NULL,
  stack_id      BIGINT NULL,
  context       TEXT NULL,
  device        TINYINT UNSIGNED NOT NULL DEFAULT 0,
  os_id         BIGINT NULL,
  browser_id    BIGINT NULL,
  country       CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
  region_id     BIGINT NULL,
  city_id       BIGINT NULL,
  PRIMARY KEY (project_id, received_ms, sequence),
  KEY of_group (group_id, received_ms, sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE (received_ms) (PARTITION p_later VALUES LESS THAN MAXVALUE);

CREATE TABLE IF NOT EXISTS audit_event (
  project_id    INT UNSIGNED NOT NULL,
  received_ms   BIGINT NOT NULL,
  sequence      BIGINT NOT NULL,
  day           MEDIUMINT UNSIGNED NOT NULL,
  occurred_ms   BIGINT NULL,
  visitor_id    BIGINT NULL,
  session_token BIGINT NULL,
  action        VARCHAR(100) NOT NULL,
  actor         VARCHAR(255) NULL,
  context       TEXT NULL,
  PRIMARY KEY (project_id, received_ms, sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE (received_ms) (PARTITION p_later VALUES LESS THAN MAXVALUE);

CREATE TABLE IF NOT EXISTS link_click (
  project_id  INT UNSIGNED NOT NULL,
  received_ms BIGINT NOT NULL,
  sequence    BIGINT NOT NULL,
  day         MEDIUMINT UNSIGNED NOT NULL,
  link_id     INT UNSIGNED NOT NULL,
  client_key  BIGINT NOT NULL,
  is_bot      BOOLEAN NOT NULL,
  category    TINYINT UNSIGNED NOT NULL,
  referrer_id BIGINT NULL,
  device      TINYINT UNSIGNED NOT NULL,
  os_id       BIGINT NULL,
  browser_id  BIGINT NULL,
  country     CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
  region_id   BIGINT NULL,
  city_id     BIGINT NULL,
  PRIMARY KEY (project_id, received_ms, sequence),
  KEY of_link (link_id, received_ms, sequence)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
PARTITION BY RANGE (received_ms) (PARTITION p_later VALUES LESS THAN MAXVALUE);
