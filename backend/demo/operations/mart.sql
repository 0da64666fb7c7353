-- The operations department's data mart. Amounts are fen.
CREATE TABLE IF NOT EXISTS trade (
    business_date TEXT NOT NULL, trade TEXT NOT NULL, fund TEXT NOT NULL, side TEXT NOT NULL, security TEXT NOT NULL,
    quantity INTEGER NOT NULL, amount_fen INTEGER NOT NULL, PRIMARY KEY (business_date, trade));
CREATE TABLE IF NOT EXISTS clearing (
    business_date TEXT NOT NULL, trade TEXT NOT NULL, amount_fen INTEGER NOT NULL, PRIMARY KEY (business_date, trade));
CREATE TABLE IF NOT EXISTS ledger (
    business_date TEXT NOT NULL, entry TEXT NOT NULL, account TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    PRIMARY KEY (business_date, entry));
CREATE TABLE IF NOT EXISTS statement (
    business_date TEXT NOT NULL, entry TEXT NOT NULL, account TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    PRIMARY KEY (business_date, entry));
