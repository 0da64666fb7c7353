-- The investment department's data mart. Prices are ten-thousandths.
CREATE TABLE IF NOT EXISTS quote (
    business_date TEXT NOT NULL, vendor TEXT NOT NULL, security TEXT NOT NULL, close_e4 INTEGER NOT NULL,
    PRIMARY KEY (business_date, vendor, security));
CREATE TABLE IF NOT EXISTS golden_price (
    business_date TEXT NOT NULL, security TEXT NOT NULL, close_e4 INTEGER NOT NULL, vendors INTEGER NOT NULL,
    PRIMARY KEY (business_date, security));
CREATE TABLE IF NOT EXISTS factor_score (
    business_date TEXT NOT NULL, factor TEXT NOT NULL, security TEXT NOT NULL, score REAL NOT NULL,
    PRIMARY KEY (business_date, factor, security));
