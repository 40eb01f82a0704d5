-- Where visitors come from, where they are and what they use; tracked links; a project's settings; erased visitors.

ALTER TABLE project
  ADD COLUMN settings  VARCHAR(4096) NOT NULL DEFAULT '{}',
  ADD COLUMN purged_ms BIGINT NULL;

CREATE TABLE link (
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

CREATE TABLE erasure (
  project_id  INT UNSIGNED NOT NULL,
  visitor_id  BIGINT NOT NULL,
  erased_ms   BIGINT NOT NULL,
  unlinked_ms BIGINT NULL,
  purged_ms   BIGINT NULL,
  PRIMARY KEY (project_id, visitor_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Clicks of people since the link exists, so that a list of links need not count rows.
CREATE TABLE link_total (
  project_id INT UNSIGNED NOT NULL,
  link_id    INT UNSIGNED NOT NULL,
  clicks     BIGINT NOT NULL,
  PRIMARY KEY (project_id, link_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

ALTER TABLE page
  ADD COLUMN utm_source_id   BIGINT NULL,
  ADD COLUMN utm_medium_id   BIGINT NULL,
  ADD COLUMN utm_campaign_id BIGINT NULL,
  ADD COLUMN utm_content_id  BIGINT NULL,
  ADD COLUMN utm_term_id     BIGINT NULL;

ALTER TABLE pageview
  ADD COLUMN category    TINYINT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN referrer_id BIGINT NULL;

ALTER TABLE session
  ADD COLUMN category           TINYINT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN device             TINYINT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN os_id              BIGINT NULL,
  ADD COLUMN os_version_id      BIGINT NULL,
  ADD COLUMN browser_id         BIGINT NULL,
  ADD COLUMN browser_version_id BIGINT NULL,
  ADD COLUMN country            CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN region_id          BIGINT NULL,
  ADD COLUMN city_id            BIGINT NULL;

ALTER TABLE error_event
  ADD COLUMN device     TINYINT UNSIGNED NOT NULL DEFAULT 0,
  ADD COLUMN os_id      BIGINT NULL,
  ADD COLUMN browser_id BIGINT NULL,
  ADD COLUMN country    CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN region_id  BIGINT NULL,
  ADD COLUMN city_id    BIGINT NULL;

CREATE TABLE link_click (
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
