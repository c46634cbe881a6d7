-- The words of programs for full-text search; triggers keep them, so that they cannot differ from the programs.
CREATE VIRTUAL TABLE `program_words` USING fts5(title, institution, city, field_words, content='programs', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2');
--> statement-breakpoint
CREATE TRIGGER `program_words_insert` AFTER INSERT ON `programs` BEGIN
  INSERT INTO program_words (rowid, title, institution, city, field_words)
  VALUES (new.number, new.title, new.institution, new.city, new.field_words);
END;
--> statement-breakpoint
CREATE TRIGGER `program_words_delete` AFTER DELETE ON `programs` BEGIN
  INSERT INTO program_words (program_words, rowid, title, institution, city, field_words)
  VALUES ('delete', old.number, old.title, old.institution, old.city, old.field_words);
END;
--> statement-breakpoint
CREATE TRIGGER `program_words_update` AFTER UPDATE ON `programs` BEGIN
  INSERT INTO program_words (program_words, rowid, title, institution, city, field_words)
  VALUES ('delete', old.number, old.title, old.institution, old.city, old.field_words);
  INSERT INTO program_words (rowid, title, institution, city, field_words)
  VALUES (new.number, new.title, new.institution, new.city, new.field_words);
END;
