"""Answer links (答复链接): a side without an account sees one pairing and answers it."""
