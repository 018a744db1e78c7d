import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * Prints every public or protected type and member without a comment, and exits with 1 if there is
 * one; javadoc's own check would also require a tag for each parameter. Overriding methods count as
 * documented. Arguments: source folders of modules.
 */
final class Undocumented extends TreePathScanner<Void, Boolean> {
  private final DocTrees trees;
  private int found;

  private Undocumented(DocTrees trees) {
    this.trees = trees;
  }

  public static void main(String[] folders) throws IOException {
    int found = 0;
    for (String folder : folders) {
      List<Path> files;
      try (Stream<Path> all = Files.walk(Path.of(folder))) {
        files = all.filter(file -> file.toString().endsWith(".java")).toList();
      }
      JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  null,
                  null,
                  null,
                  null,
                  compiler
                      .getStandardFileManager(null, null, null)
                      .getJavaFileObjectsFromPaths(files));
      Undocumented scanner = new Undocumented(DocTrees.instance(task));
      for (CompilationUnitTree unit : task.parse()) {
        scanner.scan(unit, true);
      }
      found += scanner.found;
    }
    System.exit(found == 0 ? 0 : 1);
  }

  private static boolean isPublic(ModifiersTree modifiers, boolean byDefault) {
    Set<Modifier> flags = modifiers.getFlags();
    return flags.contains(Modifier.PUBLIC)
        || flags.contains(Modifier.PROTECTED)
        || byDefault && !flags.contains(Modifier.PRIVATE);
  }

  private void check(String name) {
    if (trees.getDocCommentTree(getCurrentPath()) == null) {
      found++;
      System.out.println(
          getCurrentPath().getCompilationUnit().getSourceFile().getName() + ": " + name);
    }
  }

  /** Interface members are public by default. */
  private boolean inInterface() {
    Tree.Kind kind = getCurrentPath().getParentPath().getLeaf().getKind();
    return kind == Tree.Kind.INTERFACE || kind == Tree.Kind.ANNOTATION_TYPE;
  }

  @Override
  public Void visitClass(ClassTree type, Boolean visible) {
    boolean isVisible = visible && isPublic(type.getModifiers(), inInterface());
    if (isVisible) {
      check(type.getSimpleName().toString());
    }
    return super.visitClass(type, isVisible);
  }

  @Override
  public Void visitMethod(MethodTree method, Boolean visible) {
    boolean overrides =
        method.getModifiers().getAnnotations().stream()
            .anyMatch(each -> each.getAnnotationType().toString().equals("Override"));
    if (visible && !overrides && isPublic(method.getModifiers(), inInterface())) {
      check(method.getName().toString());
    }
    return null;
  }

  @Override
  public Void visitVariable(VariableTree variable, Boolean visible) {
    if (visible && isPublic(variable.getModifiers(), inInterface())) {
      check(variable.getName().toString());
    }
    return null;
  }
}
