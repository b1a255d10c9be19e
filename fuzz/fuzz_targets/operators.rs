#![no_main]

crosskey_fuzz::program!(operators);
