package org.mosstack.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What IDEs know of the properties. */
class MetadataTest {
  private static final String METADATA = "/META-INF/spring-configuration-metadata.json";
  private static final Pattern NAME_AND_TYPE =
      Pattern.compile("\"name\": \"([^\"]*)\",\\s*\"type\": \"([^\"]*)\"");

  @Test
  void itHasEachProperty() throws IOException {
    String text;
    try (InputStream in = MetadataTest.class.getResourceAsStream(METADATA)) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Set<String> described =
        NAME_AND_TYPE
            .matcher(text)
            .results()
            .map(property -> property.group(1) + " " + property.group(2))
            .collect(Collectors.toSet());
    Set<String> properties =
        Stream.of(MosProperties.class.getRecordComponents())
            .map(MetadataTest::nameAndType)
            .collect(Collectors.toSet());
    assertEquals(properties, described);
  }

  private static String nameAndType(RecordComponent component) {
    Class<?> type = component.getType() == boolean.class ? Boolean.class : component.getType();
    return MosProperties.PREFIX + "." + component.getName() + " " + type.getName();
  }
}
