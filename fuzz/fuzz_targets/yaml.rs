#![no_main]

crosskey_fuzz::program!(yaml);
