#![no_main]

crosskey_fuzz::program!(aws_answer);
