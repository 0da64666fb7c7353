-- The risk department's data mart. Money is in whole yuan.
CREATE TABLE IF NOT EXISTS factor_return (
    business_date TEXT NOT NULL, day TEXT NOT NULL, factor TEXT NOT NULL, change REAL NOT NULL,
    PRIMARY KEY (business_date, day, factor));
CREATE TABLE IF NOT EXISTS exposure (
    business_date TEXT NOT NULL, desk TEXT NOT NULL, factor TEXT NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (business_date, desk, factor));
CREATE TABLE IF NOT EXISTS scenario_result (
    business_date TEXT NOT NULL, desk TEXT NOT NULL, day TEXT NOT NULL, result INTEGER NOT NULL,
    PRIMARY KEY (business_date, desk, day));
CREATE TABLE IF NOT EXISTS risk_limit (
    desk TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (desk));
