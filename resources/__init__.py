"""Icons, fonts, themes and sample models."""
