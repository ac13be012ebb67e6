-- 'log_root': root of the log at 'log_size', a blob; 0 = not known, then the catalog is made anew.
INSERT INTO meta (name, value) VALUES ('log_root', 0);
