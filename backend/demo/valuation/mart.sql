-- The valuation department's data mart. Amounts are whole numbers: fen, ten-thousandths of a price, millionths of a rate.
CREATE TABLE IF NOT EXISTS price (
    business_date TEXT NOT NULL, security TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    currency TEXT NOT NULL, close_e4 INTEGER NOT NULL, PRIMARY KEY (business_date, security));
CREATE TABLE IF NOT EXISTS rate (
    business_date TEXT NOT NULL, currency TEXT NOT NULL, rate_e6 INTEGER NOT NULL, PRIMARY KEY (business_date, currency));
CREATE TABLE IF NOT EXISTS fund (
    business_date TEXT NOT NULL, fund TEXT NOT NULL, name TEXT NOT NULL, units INTEGER NOT NULL,
    cash_fen INTEGER NOT NULL, fee_bp INTEGER NOT NULL, PRIMARY KEY (business_date, fund));
CREATE TABLE IF NOT EXISTS position (
    business_date TEXT NOT NULL, fund TEXT NOT NULL, security TEXT NOT NULL, quantity INTEGER NOT NULL,
    PRIMARY KEY (business_date, fund, security));
CREATE TABLE IF NOT EXISTS holding_value (
    business_date TEXT NOT NULL, fund TEXT NOT NULL, security TEXT NOT NULL, value_fen INTEGER NOT NULL,
    PRIMARY KEY (business_date, fund, security));
CREATE TABLE IF NOT EXISTS fund_nav (
    business_date TEXT NOT NULL, fund TEXT NOT NULL, assets_fen INTEGER NOT NULL, fee_fen INTEGER NOT NULL,
    nav_fen INTEGER NOT NULL, unit_nav_e4 INTEGER NOT NULL, PRIMARY KEY (business_date, fund));
CREATE TABLE IF NOT EXISTS firm_nav (
    business_date TEXT NOT NULL, funds INTEGER NOT NULL, nav_fen INTEGER NOT NULL, PRIMARY KEY (business_date));
